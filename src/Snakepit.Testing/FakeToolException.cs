namespace Snakepit.Testing;

/// <summary>A Python exception for a fake tool, or a fake start, to raise. The caller sees it as <see cref="ToolException.Error"/>.</summary>
public sealed class FakeToolException : Exception
{
    /// <summary>Makes one of a Python class, such as <c>ValueError</c>.</summary>
    /// <param name="type">The class's name.</param>
    /// <param name="message">What <c>str(exception)</c> gives.</param>
    public FakeToolException(string type, string message)
        : base(message)
    {
        ArgumentException.ThrowIfNullOrEmpty(type);
        Type = type;
    }

    /// <summary>The Python class's name.</summary>
    public string Type { get; }

    /// <summary>The names of its base classes, nearest first. Default: Exception, BaseException.</summary>
    public IReadOnlyList<string> Bases { get; init; } = ["Exception", "BaseException"];

    /// <summary>The module the class is defined in. Default: builtins.</summary>
    public string Module { get; init; } = "builtins";
}
