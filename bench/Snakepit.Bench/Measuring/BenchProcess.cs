using System.Diagnostics;

namespace Snakepit.Bench.Measuring;

/// <summary>A process of the bench itself that runs one of its hidden commands.</summary>
internal static class BenchProcess
{
    public static Process Start(string command, params IEnumerable<string> arguments)
    {
        // Under `dotnet Snakepit.Bench.dll` the process is dotnet, which wants to be told the assembly.
        string self = Environment.ProcessPath!;
        string[] assembly = Path.GetFileNameWithoutExtension(self) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        return Process.Start(new ProcessStartInfo(self, [.. assembly, command, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
    }
}
