namespace Snakepit;

/// <summary>Gives a method with <see cref="HostToolAttribute"/> an entry of <see cref="HostTool.Metadata"/>.</summary>
/// <param name="name">The name of the entry.</param>
/// <param name="value">Its value.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class HostToolMetadataAttribute(string name, string value) : Attribute
{
    /// <summary>Gets the name of the entry.</summary>
    public string Name { get; } = name;

    /// <summary>Gets the value of the entry.</summary>
    public string Value { get; } = value;
}
