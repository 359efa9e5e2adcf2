using System.Globalization;
using System.Text;

namespace Snakepit.Python;

/// <summary>The command lines of the processes that run our Python code.</summary>
internal static class BootCommand
{
    /// <summary>A worker sees the user's site packages and environment.</summary>
    public static string[] Worker(PythonInterpreter python, PackageLocation package) => [python.Executable, "-c", Run("_worker", package)];

    /// <summary>A worker that is given no more than its standard streams and two pipes, whose numbers come last.</summary>
    public static string[] StandardWorker(PythonInterpreter python, PackageLocation package) =>
        [python.Executable, "-c", Run("_worker", package, "main_on_standard_streams")];

    /// <summary>As a worker's, which its forks become.</summary>
    public static string[] Zygote(PythonInterpreter python, PackageLocation package) => [python.Executable, "-c", Run("_zygote", package)];

    /// <summary>The launcher is isolated from both: nothing of the user's may slow or break it.</summary>
    public static string[] Launcher(PythonInterpreter python, PackageLocation package) =>
        [python.Executable, "-I", "-S", "-c", Run("_launcher", package)];

    // Of a `-c` program Python searches the working directory first, whichever that is at the time: a host's or a tool's folder with a random.py
    // in it would replace Python's own. It goes last.
    private static string Run(string module, PackageLocation package, string main = "main") =>
        $"import sys;sys.path.sort(key=''.__eq__);sys.path.insert(0,{Literal(package.PathEntry)});from snakepit import {module};{module}.{main}()";

    /// <summary>A Python string literal in ASCII: what an interpreter makes of other bytes on its command line depends on the locale.</summary>
    internal static string Literal(string text)
    {
        StringBuilder literal = new("'");
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '\'' or '\\' => literal.Append('\\').Append((char)rune.Value),
                >= ' ' and <= '~' => literal.Append((char)rune.Value),
                _ => literal.Append("\\U").Append(rune.Value.ToString("x8", CultureInfo.InvariantCulture)),
            };
        }
        return literal.Append('\'').ToString();
    }
}
