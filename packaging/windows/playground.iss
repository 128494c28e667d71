; The setup for Windows, by Inno Setup 6:  iscc /DVersion=0.5.0 packaging\windows\playground.iss   (after packaging/build.py)
; For one user, without administrator rights; with them and /ALLUSERS for all users of the machine. Silent: SETUP.exe /VERYSILENT /SUPPRESSMSGBOXES /NORESTART [/DIR="..."] [/LOG=file]
; Uninstalling: unins000.exe /VERYSILENT; runs and settings stay unless one asks (/PURGE, or the question in the window).
#ifndef Version
  #error Say which: iscc /DVersion=0.5.0
#endif
#define Name "Generative Playground"
#define Keys "GenerativePlayground"

[Setup]
AppId={{6C0E0B0E-5B86-4B0B-9C41-0C9D7E4F7A11}
AppName={#Name}
AppVersion={#Version}
AppVerName={#Name} {#Version}
VersionInfoVersion={#Version}
DefaultDirName={autopf}\{#Name}
DefaultGroupName={#Name}
DisableProgramGroupPage=yes
DisableDirPage=no
DisableWelcomePage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=commandline
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
OutputDir=..\..\dist
OutputBaseFilename=generative-playground-{#Version}-windows-x64-setup
SetupIconFile=..\..\build\playground.ico
UninstallDisplayIcon={app}\playground.exe
Compression=lzma2/normal
SolidCompression=yes
LZMANumBlockThreads=2
LZMAUseSeparateProcess=yes
ChangesAssociations=yes
CloseApplications=yes
RestartApplications=no
WizardStyle=modern

[Tasks]
Name: desktop; Description: "A shortcut on the desktop"; Flags: unchecked

[InstallDelete]
; An upgrade starts from nothing: files of the old version that the new one does not have would be imported all the same.
Type: filesandordirs; Name: "{app}\_internal"; Check: AlreadyHere

[Files]
Source: "..\..\dist\playground\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs
Source: "playground.cmd"; DestDir: "{app}"; Flags: ignoreversion

[Icons]
Name: "{autoprograms}\{#Name}"; Filename: "{app}\playground.exe"
Name: "{autodesktop}\{#Name}"; Filename: "{app}\playground.exe"; Tasks: desktop

[Registry]
Root: HKA; Subkey: "Software\Classes\.playlesson\OpenWithProgids"; ValueType: string; ValueName: "{#Keys}.lesson"; Flags: uninsdeletevalue uninsdeletekeyifempty
Root: HKA; Subkey: "Software\Classes\.playlesson"; ValueType: string; ValueData: "{#Keys}.lesson"; Flags: uninsdeletevalue uninsdeletekeyifempty
Root: HKA; Subkey: "Software\Classes\{#Keys}.lesson"; ValueType: string; ValueData: "Lesson of {#Name}"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\{#Keys}.lesson\DefaultIcon"; ValueType: string; ValueData: "{app}\playground.exe,0"
Root: HKA; Subkey: "Software\Classes\{#Keys}.lesson\shell\open\command"; ValueType: string; ValueData: """{app}\playground.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\.playrun\OpenWithProgids"; ValueType: string; ValueName: "{#Keys}.run"; Flags: uninsdeletevalue uninsdeletekeyifempty
Root: HKA; Subkey: "Software\Classes\.playrun"; ValueType: string; ValueData: "{#Keys}.run"; Flags: uninsdeletevalue uninsdeletekeyifempty
Root: HKA; Subkey: "Software\Classes\{#Keys}.run"; ValueType: string; ValueData: "Run of {#Name}"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\{#Keys}.run\DefaultIcon"; ValueType: string; ValueData: "{app}\playground.exe,0"
Root: HKA; Subkey: "Software\Classes\{#Keys}.run\shell\open\command"; ValueType: string; ValueData: """{app}\playground.exe"" ""%1"""

[Run]
Filename: "{app}\playground.exe"; Description: "Start {#Name}"; Flags: nowait postinstall skipifsilent

[UninstallDelete]
Type: filesandordirs; Name: "{app}\_internal"

[Code]
function AlreadyHere(): Boolean;
begin
  Result := FileExists(ExpandConstant('{app}\playground.exe'));
end;

{ A program that runs cannot be opened for writing. }
function Running(): Boolean;
var
  Stream: TFileStream;
begin
  Result := False;
  if not AlreadyHere() then
    exit;
  try
    Stream := TFileStream.Create(ExpandConstant('{app}\playground.exe'), fmOpenReadWrite);
    Stream.Free;
  except
    Result := True;
  end;
end;

function InitializeUninstall(): Boolean;
begin
  Result := not Running();
  if not Result then
    SuppressibleMsgBox('{#Name} is running. Close it first; nothing was changed.', mbError, MB_OK, IDOK);
end;

function Asked(): Boolean;
var
  i: Integer;
begin
  Result := False;
  for i := 1 to ParamCount do
    if CompareText(ParamStr(i), '/PURGE') = 0 then
      Result := True;
end;

procedure CurUninstallStepChanged(Step: TUninstallStep);
var
  Data: String;
begin
  if Step <> usPostUninstall then
    exit;
  Data := ExpandConstant('{localappdata}\generative-playground');
  if not DirExists(Data) then
    exit;
  if Asked() or ((not UninstallSilent()) and
    (MsgBox('Delete your runs and settings too?' #13#10 + Data, mbConfirmation, MB_YESNO or MB_DEFBUTTON2) = IDYES)) then
  begin
    DelTree(Data, True, True, True);
    RegDeleteKeyIncludingSubkeys(HKCU, 'Software\generative-playground');
  end;
end;
