@echo off
rem The program in a terminal: a window's program by itself would not be waited for. Example: playground.cmd check --report r.html
"%~dp0playground.exe" %*
