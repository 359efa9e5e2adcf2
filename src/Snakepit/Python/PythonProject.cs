using Snakepit.Processes;

namespace Snakepit.Python;

/// <summary>A project's folder: the environment in it, and the commands that create one from the project's own files.</summary>
internal static class PythonProject
{
    private const string Setting = "Python.Project";

    private static readonly string[] s_environments = [".venv", "venv"];

    // The first file that exists decides, since a lock is more exact than what it was made from.
    private static readonly (string File, string Command)[] s_commands =
    [
        ("uv.lock", "uv sync"),
        ("requirements.txt", "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt"),
        ("pyproject.toml", "python3 -m venv .venv && .venv/bin/pip install ."),
    ];

    /// <summary>Returns the project's interpreter as the only candidate, or the reason why there is none.</summary>
    public static InterpreterSearch Find(string folder, IHostSystem host)
    {
        string full = Path.GetFullPath(folder);
        if (host.Inspect(full).Kind != FileKind.Folder)
        {
            return Nothing(full, "there is no such folder", $"Correct the setting {Setting}.");
        }
        foreach (string name in s_environments)
        {
            string environment = Path.Combine(full, name);
            if (host.Inspect(environment).Kind == FileKind.Folder)
            {
                return new InterpreterSearch(
                    [InterpreterSearch.InEnvironment(Setting, environment, host)],
                    $"Correct the setting {Setting}, or make the environment anew: {CommandFor(full, host) ?? "python3 -m venv .venv"}");
            }
        }
        return CommandFor(full, host) is { } command
            ? Nothing(full, "has no environment: no folder .venv or venv", $"Create the environment: cd {full} && {command}")
            : Nothing(
                full,
                $"is no Python project: it has none of {string.Join(", ", [".venv", .. s_commands.Select(static x => x.File)])}",
                $"Correct the setting {Setting}, or create an environment: cd {full} && python3 -m venv .venv");
    }

    private static string? CommandFor(string folder, IHostSystem host) => s_commands
        .Where(x => host.Inspect(Path.Combine(folder, x.File)).Kind == FileKind.File)
        .Select(static x => x.Command)
        .FirstOrDefault();

    private static InterpreterSearch Nothing(string folder, string problem, string remedy) =>
        new([new InterpreterCandidate(Setting, folder, problem)], remedy);
}
