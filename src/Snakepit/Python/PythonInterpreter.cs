namespace Snakepit.Python;

/// <summary>A usable interpreter as it describes itself.</summary>
/// <param name="Executable">The real interpreter: shims are resolved, virtual environments are kept.</param>
/// <param name="Version">Its language version.</param>
/// <param name="Implementation">The implementation, such as <c>cpython</c>.</param>
/// <param name="CacheTag">The tag in the names of compiled files, such as <c>cpython-311</c>; null when it writes none.</param>
internal sealed record PythonInterpreter(string Executable, Version Version, string Implementation, string? CacheTag)
{
    /// <summary>Whether the build has no global interpreter lock.</summary>
    public bool IsFreeThreaded { get; init; }

    /// <summary>The folder of the virtual or conda environment that led to it; null without one.</summary>
    public string? Environment { get; init; }

    /// <summary>The setting, environment variable or PATH that led to it.</summary>
    public string Origin { get; init; } = "";

    /// <summary>The earlier candidates, each with its problem.</summary>
    public IReadOnlyList<string> PassedOver { get; init; } = [];

    public PythonDescription Describe() => new()
    {
        Executable = Executable,
        Version = Version,
        Implementation = Implementation,
        IsFreeThreaded = IsFreeThreaded,
        Environment = Environment,
        Origin = Origin,
    };
}
