using Snakepit.Processes;

namespace Snakepit.Python;

/// <summary>
/// The interpreters to try, in order, and the remedy when none is usable. A named interpreter is the only candidate: no other one replaces
/// it.
/// </summary>
internal sealed record InterpreterSearch(IReadOnlyList<InterpreterCandidate> Candidates, string Remedy)
{
    private const string OverrideVariable = "SNAKEPIT_PYTHON";

    public static InterpreterSearch Plan(PythonOptions options, IHostSystem host)
    {
        IReadOnlyDictionary<string, string> variables = host.Variables;
        if (!string.IsNullOrWhiteSpace(options.Executable))
        {
            return new InterpreterSearch(
                Named("Python.Executable", options.Executable, variables, host),
                "Correct the setting Python.Executable, or remove it to have an interpreter looked for.");
        }
        if (!string.IsNullOrWhiteSpace(options.Environment))
        {
            return new InterpreterSearch(
                [InEnvironment("Python.Environment", options.Environment, host)],
                "Correct the setting Python.Environment, or make the environment with `python3 -m venv <folder>`.");
        }
        if (variables.TryGetValue(OverrideVariable, out string? chosen) && !string.IsNullOrWhiteSpace(chosen))
        {
            return new InterpreterSearch(
                Named(OverrideVariable, chosen, variables, host),
                $"Correct the environment variable {OverrideVariable}, or set Python.Executable, which goes before it.");
        }
        return new InterpreterSearch([.. Discover(variables, host)], InstallAdvice(host.Platform));
    }

    private static IEnumerable<InterpreterCandidate> Discover(IReadOnlyDictionary<string, string> variables, IHostSystem host)
    {
        foreach (string active in (string[])["VIRTUAL_ENV", "CONDA_PREFIX"])
        {
            if (variables.TryGetValue(active, out string? folder) && folder.Length > 0)
            {
                yield return InEnvironment(active, folder, host);
            }
        }
        foreach (string command in (string[])["python3", "python"])
        {
            foreach (InterpreterCandidate candidate in OnPath("PATH", command, variables, host))
            {
                yield return candidate;
            }
        }
    }

    private static IReadOnlyList<InterpreterCandidate> Named(
        string origin, string value, IReadOnlyDictionary<string, string> variables, IHostSystem host) =>
        value.Contains('/', StringComparison.Ordinal) || value.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? [new InterpreterCandidate(origin, Path.GetFullPath(value))]
            : [.. OnPath(origin, value, variables, host)];

    private static InterpreterCandidate InEnvironment(string origin, string folder, IHostSystem host)
    {
        string full = Path.GetFullPath(folder);
        if (host.Inspect(full).Kind != FileKind.Folder)
        {
            return new InterpreterCandidate(origin, full, "there is no such folder");
        }
        // A conda environment on Windows has its interpreter in its root folder.
        string[] names = host.Platform == HostPlatform.Windows ? ["Scripts/python.exe", "python.exe"] : ["bin/python3", "bin/python"];
        foreach (string name in names)
        {
            string path = Path.Combine(full, name);
            if (host.Inspect(path) is { Kind: not FileKind.Nothing } or { IsLink: true })
            {
                return new InterpreterCandidate(origin, path);
            }
        }
        return new InterpreterCandidate(origin, full, $"has no {string.Join(" or ", names)}");
    }

    // All matches, not only the first: one that is too old must not hide a good one after it.
    private static IEnumerable<InterpreterCandidate> OnPath(
        string origin, string command, IReadOnlyDictionary<string, string> variables, IHostSystem host)
    {
        string file = host.Platform == HostPlatform.Windows && !Path.HasExtension(command) ? command + ".exe" : command;
        char separator = host.Platform == HostPlatform.Windows ? ';' : ':';
        HashSet<string> seen = new(StringComparer.Ordinal);
        bool found = false;
        foreach (string folder in variables.GetValueOrDefault("PATH", "").Split(separator, StringSplitOptions.RemoveEmptyEntries))
        {
            string path = Path.Combine(Path.GetFullPath(folder), file);
            if (seen.Add(path) && host.Inspect(path) is { Kind: FileKind.File } or { IsLink: true })
            {
                found = true;
                yield return new InterpreterCandidate(origin, path);
            }
        }
        if (!found)
        {
            yield return new InterpreterCandidate(origin, command, "not found on PATH");
        }
    }

    private static string InstallAdvice(HostPlatform platform)
    {
        string install = platform switch
        {
            HostPlatform.Windows => "winget install Python.Python.3.13",
            HostPlatform.MacOS => "brew install python",
            _ => "apt-get install python3",
        };
        return $"Install one, for example with `{install}`, or name one in the setting Python.Executable or the "
            + "environment variable SNAKEPIT_PYTHON.";
    }
}
