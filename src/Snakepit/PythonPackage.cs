namespace Snakepit;

/// <summary>Describes a package that is installed for an interpreter.</summary>
public sealed record PythonPackage
{
    /// <summary>Gets the name in its normal form, as <c>pip</c> accepts it: lower case, with single dashes.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the version, such as 2.1.0; empty if the package does not tell it.</summary>
    public string Version { get; init; } = "";

    /// <summary>Returns the package as a requirement, such as <c>numpy==2.1.0</c>.</summary>
    public override string ToString() => Version.Length == 0 ? Name : $"{Name}=={Version}";
}
