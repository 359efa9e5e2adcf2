namespace Snakepit;

/// <summary>A tool as its adapter declares it.</summary>
/// <param name="Name">The name to call it by.</param>
/// <param name="Description">The <c>@tool</c> description or the docstring's first line; empty without either.</param>
/// <param name="Parameters">The parameters in order.</param>
/// <param name="Idempotent">True when it may be run again after a worker died with it.</param>
public sealed record ToolDescriptor(string Name, string Description, IReadOnlyList<ToolParameter> Parameters, bool Idempotent);

/// <summary>One parameter of a tool.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">How arguments reach it.</param>
/// <param name="Type">The annotation as written, or null.</param>
/// <param name="Required">True without a default.</param>
/// <param name="Default"><c>repr</c> of the default, or null.</param>
public sealed record ToolParameter(string Name, ToolParameterKind Kind, string? Type, bool Required, string? Default);

/// <summary>How arguments reach a parameter.</summary>
public enum ToolParameterKind
{
    /// <summary>By position only.</summary>
    Positional,

    /// <summary>By position or by name.</summary>
    Standard,

    /// <summary>By name only.</summary>
    Named,

    /// <summary><c>*args</c>: all further positions.</summary>
    Positionals,

    /// <summary><c>**kwargs</c>: all further names.</summary>
    Nameds,
}
