// Every file here starts and asks real programs.
@_exported import TestProcesses
