namespace Snakepit.Python;

/// <summary>A usable interpreter, as it describes itself.</summary>
/// <param name="Executable">The real interpreter, shims resolved, virtual environments kept.</param>
/// <param name="Version">Its language version.</param>
/// <param name="Implementation">Such as <c>cpython</c>.</param>
/// <param name="CacheTag">Names its compiled files, such as <c>cpython-311</c>; null when it writes none.</param>
internal sealed record PythonInterpreter(string Executable, Version Version, string Implementation, string? CacheTag)
{
    /// <summary>What led to it: a setting, an environment variable, or PATH.</summary>
    public string Origin { get; init; } = "";

    /// <summary>The candidates before it, each with what was wrong with it.</summary>
    public IReadOnlyList<string> PassedOver { get; init; } = [];
}
