namespace Snakepit;

/// <summary>Describes the Python interpreter that runs the workers of a pool.</summary>
public sealed record PythonDescription
{
    /// <summary>Gets the absolute path of the interpreter. In a virtual environment, it is the environment's own.</summary>
    public required string Executable { get; init; }

    /// <summary>Gets the version, such as 3.12.1.</summary>
    public required Version Version { get; init; }

    /// <summary>Gets the implementation, such as <c>CPython</c> or <c>PyPy</c>.</summary>
    public required string Implementation { get; init; }

    /// <summary>Gets whether the build has no global interpreter lock, so that threads of one worker run Python code in parallel.</summary>
    public bool IsFreeThreaded { get; init; }

    /// <summary>Gets the folder of the virtual or conda environment; null if the interpreter is not in one that a setting or an active
    /// environment names.</summary>
    public string? Environment { get; init; }

    /// <summary>Gets what led to the interpreter: a setting, such as <c>Python.Environment</c>, an environment variable, or
    /// <c>PATH</c>.</summary>
    public required string Origin { get; init; }

    /// <summary>Gets the packages that the pool's workers can import, by name, at most 2,000. Empty until a worker has been
    /// ready.</summary>
    public IReadOnlyList<PythonPackage> Packages { get; init; } = [];

    /// <summary>Gets how many packages there are, those beyond the 2,000 of <see cref="Packages"/> included; null until a worker has been
    /// ready.</summary>
    public int? PackageCount { get; init; }

    /// <summary>Returns the description in one line.</summary>
    public override string ToString() =>
        $"{Implementation} {Version}{(IsFreeThreaded ? " (free-threaded)" : "")} at {Executable}, found by {Origin}"
        + (PackageCount is { } count ? $", {count} packages" : "");
}
