using System.Globalization;
using Snakepit.Processes;

namespace Snakepit.Python;

/// <summary>
/// The interpreters to try, in order, and the remedy when none is usable. A named interpreter is the only candidate: no other one replaces
/// it.
/// </summary>
internal sealed record InterpreterSearch(IReadOnlyList<InterpreterCandidate> Candidates, string Remedy)
{
    private const string OverrideVariable = "SNAKEPIT_PYTHON";
    private const int OldestMinor = 9;
    private const int NewestMinor = 30; // far beyond what exists, so that it need not grow every year

    /// <summary>The versions that are accepted; null for all that Snakepit runs on.</summary>
    public VersionRange? Range { get; init; }

    public static InterpreterSearch Plan(PythonOptions options, IHostSystem host)
    {
        VersionRange? range = VersionRange.TryParse(options.Version, out VersionRange? parsed) ? parsed : null;
        InterpreterSearch search = PlanFor(options, range, host);
        return search with
        {
            Range = range,
            Remedy = range is null
                ? search.Remedy
                : $"{search.Remedy} Python.Version is '{options.Version}'; widen it to allow other versions.",
        };
    }

    public bool Accepts(Version version) => Range?.Contains(version) ?? true;

    private static InterpreterSearch PlanFor(PythonOptions options, VersionRange? range, IHostSystem host)
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
        if (!string.IsNullOrWhiteSpace(options.Project))
        {
            return PythonProject.Find(options.Project, host);
        }
        if (variables.TryGetValue(OverrideVariable, out string? chosen) && !string.IsNullOrWhiteSpace(chosen))
        {
            return new InterpreterSearch(
                Named(OverrideVariable, chosen, variables, host),
                $"Correct the environment variable {OverrideVariable}, or set Python.Executable, which goes before it.");
        }
        return new InterpreterSearch([.. Discover(range, variables, host)], InstallAdvice(host.Platform));
    }

    private static IEnumerable<InterpreterCandidate> Discover(
        VersionRange? range, IReadOnlyDictionary<string, string> variables, IHostSystem host)
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
        for (int minor = NewestMinor; range is not null && minor >= OldestMinor; minor--)
        {
            string command = string.Create(CultureInfo.InvariantCulture, $"python3.{minor}");
            foreach (InterpreterCandidate candidate in range.MayContain(3, minor) ? OnPath("PATH", command, variables, host) : [])
            {
                if (candidate.Problem is null) // most of these versions are not installed, and need no line each
                {
                    yield return candidate;
                }
            }
        }
    }

    private static IReadOnlyList<InterpreterCandidate> Named(
        string origin, string value, IReadOnlyDictionary<string, string> variables, IHostSystem host) =>
        value.Contains('/', StringComparison.Ordinal) || value.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? [new InterpreterCandidate(origin, Path.GetFullPath(value))]
            : [.. OnPath(origin, value, variables, host)];

    /// <summary>Returns the interpreter of a virtual or conda environment.</summary>
    public static InterpreterCandidate InEnvironment(string origin, string folder, IHostSystem host)
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
                return new InterpreterCandidate(origin, path) { Environment = full };
            }
        }
        return new InterpreterCandidate(origin, full, $"has no {string.Join(" or ", names)}");
    }

    // All matches, not only the first: one that is too old must not hide a good one after it.
    internal static IEnumerable<InterpreterCandidate> OnPath(
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
