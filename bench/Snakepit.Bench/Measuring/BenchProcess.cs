using System.Diagnostics;

namespace Snakepit.Bench.Measuring;

/// <summary>Starts the bench itself in another process with one of its hidden commands.</summary>
internal static class BenchProcess
{
    public static Process Start(string command, params IEnumerable<string> arguments) =>
        Start(new Dictionary<string, string>(), command, arguments);

    /// <param name="environment">The variables to add to its environment.</param>
    /// <param name="command">The hidden command.</param>
    /// <param name="arguments">The arguments of the command.</param>
    public static Process Start(IReadOnlyDictionary<string, string> environment, string command, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = Describe(command, arguments);
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }
        return Process.Start(start)!;
    }

    /// <summary>Returns the start information, to which callers may add.</summary>
    public static ProcessStartInfo Describe(string command, params IEnumerable<string> arguments)
    {
        // Under `dotnet Snakepit.Bench.dll` the process is dotnet, which needs the assembly as its first argument.
        string self = Environment.ProcessPath!;
        string[] assembly = Path.GetFileNameWithoutExtension(self) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        return new ProcessStartInfo(self, [.. assembly, command, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
    }
}
