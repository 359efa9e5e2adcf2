using System.Globalization;
using System.Text;

namespace Snakepit.Python;

/// <summary>Creates the command lines of the processes that run Snakepit's Python code.</summary>
internal static class BootCommand
{
    /// <summary>Returns the command line of a worker, which sees the user's site packages and environment.</summary>
    public static string[] Worker(PythonInterpreter python, PackageLocation package) => [python.Executable, "-c", Run("_worker", package)];

    /// <summary>Returns the command line of a worker that only has its standard streams and two pipes, whose numbers come last.</summary>
    public static string[] StandardWorker(PythonInterpreter python, PackageLocation package) =>
        [python.Executable, "-c", Run("_worker", package, "main_on_standard_streams")];

    /// <summary>Returns the command line of a zygote. It equals that of a worker, because its forks become workers.</summary>
    public static string[] Zygote(PythonInterpreter python, PackageLocation package) => [python.Executable, "-c", Run("_zygote", package)];

    /// <summary>
    /// Returns the command line of the launcher, which is isolated from site packages and environment: user code must not slow or break it.
    /// </summary>
    public static string[] Launcher(PythonInterpreter python, PackageLocation package) =>
        [python.Executable, "-I", "-S", "-c", Run("_launcher", package)];

    /// <summary>Returns the beginning of the command line of a guard, isolated as the launcher is; the command to run follows.</summary>
    public static string[] Guard(PythonInterpreter python, PackageLocation package) =>
        [python.Executable, "-I", "-S", "-c", Run("_guard", package)];

    /// <summary>Returns the command line that examines an interpreter and an adapter as a worker would find them.</summary>
    /// <param name="python">The interpreter.</param>
    /// <param name="package">The package.</param>
    /// <param name="question">What to examine, as JSON.</param>
    public static string[] Examine(PythonInterpreter python, PackageLocation package, string question) =>
        [python.Executable, "-c", Run("_examine", package), question];

    /// <summary>Returns the command line that prints the dependencies of a project, in its new environment.</summary>
    public static string[] Dependencies(string python, PackageLocation package, string file) =>
        [python, "-c", Run("_dependencies", package), file];

    // With `-c`, Python searches the working directory first, whichever it is at the time. A random.py in a host's or a tool's folder would
    // replace Python's own, so the working directory goes last.
    private static string Run(string module, PackageLocation package, string main = "main") =>
        $"import sys;sys.path.sort(key=''.__eq__);sys.path.insert(0,{Literal(package.PathEntry)});"
            + $"from snakepit import {module};{module}.{main}()";

    /// <summary>Returns a Python string literal in ASCII: an interpreter decodes other bytes on its command line by the locale.</summary>
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
