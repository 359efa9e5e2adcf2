namespace Snakepit;

/// <summary>Gives a method with <see cref="HostToolAttribute"/> an entry of <see cref="HostTool.Metadata"/>.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class HostToolMetadataAttribute : Attribute
{
    /// <summary>Gets or sets the name of the entry.</summary>
    public string Name { get; set; } = "";

    /// <summary>Gets or sets the value of the entry. Default: empty.</summary>
    public string Value { get; set; } = "";
}
