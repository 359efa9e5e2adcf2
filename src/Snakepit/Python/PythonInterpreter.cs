namespace Snakepit.Python;

/// <summary>A usable interpreter as it describes itself.</summary>
/// <param name="Executable">The real interpreter: shims are resolved, virtual environments are kept.</param>
/// <param name="Version">Its language version.</param>
/// <param name="Implementation">The implementation, such as <c>cpython</c>.</param>
/// <param name="CacheTag">The tag in the names of compiled files, such as <c>cpython-311</c>; null when it writes none.</param>
internal sealed record PythonInterpreter(string Executable, Version Version, string Implementation, string? CacheTag)
{
    /// <summary>The setting, environment variable or PATH that led to it.</summary>
    public string Origin { get; init; } = "";

    /// <summary>The earlier candidates, each with its problem.</summary>
    public IReadOnlyList<string> PassedOver { get; init; } = [];
}
