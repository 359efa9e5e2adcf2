using System.Diagnostics;

namespace Snakepit.Bench.Measuring;

/// <summary>A process of the bench itself that runs one of its hidden commands.</summary>
internal static class BenchProcess
{
    public static Process Start(string command, params IEnumerable<string> arguments) => Start(new Dictionary<string, string>(), command, arguments);

    /// <param name="environment">Added to its environment.</param>
    /// <param name="command">Which.</param>
    /// <param name="arguments">The command's.</param>
    public static Process Start(IReadOnlyDictionary<string, string> environment, string command, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = Describe(command, arguments);
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }
        return Process.Start(start)!;
    }

    /// <summary>What starts it, for who has more to add.</summary>
    public static ProcessStartInfo Describe(string command, params IEnumerable<string> arguments)
    {
        // Under `dotnet Snakepit.Bench.dll` the process is dotnet, which wants to be told the assembly.
        string self = Environment.ProcessPath!;
        string[] assembly = Path.GetFileNameWithoutExtension(self) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        return new ProcessStartInfo(self, [.. assembly, command, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true };
    }
}
