namespace Snakepit.Testing;

/// <summary>Represents a Python exception that a fake tool or a fake start raises. The caller sees it as
/// <see cref="ToolException.Error"/>.</summary>
public sealed class FakeToolException : Exception
{
    /// <summary>Creates an exception of a Python class, such as <c>ValueError</c>.</summary>
    /// <param name="type">The class's name.</param>
    /// <param name="message">What <c>str(exception)</c> gives.</param>
    public FakeToolException(string type, string message)
        : base(message)
    {
        ArgumentException.ThrowIfNullOrEmpty(type);
        Type = type;
    }

    /// <summary>Gets the name of the Python class.</summary>
    public string Type { get; }

    /// <summary>Gets the names of the base classes, nearest first. Default: Exception, BaseException.</summary>
    public IReadOnlyList<string> Bases { get; init; } = ["Exception", "BaseException"];

    /// <summary>Gets the module that defines the class. Default: builtins.</summary>
    public string Module { get; init; } = "builtins";
}
