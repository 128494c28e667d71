@echo off
rem Are all files of this folder as they were made? Double-click.
setlocal EnableDelayedExpansion
cd /d "%~dp0"
set bad=0
for /f "usebackq tokens=1,*" %%a in ("SHA256SUMS") do (
    set "name=%%b"
    set "name=!name:/=\!"
    set "sum=missing"
    for /f "skip=1 delims=" %%h in ('certutil -hashfile "!name!" SHA256 2^>nul') do if "!sum!"=="missing" set "sum=%%h"
    set "sum=!sum: =!"
    if /i not "!sum!"=="%%a" (
        echo DAMAGED  !name!
        set bad=1
    )
)
if %bad%==0 (echo All files are whole.) else (echo Some files are damaged: copy this folder again.)
if not "%1"=="/quiet" pause
exit /b %bad%
