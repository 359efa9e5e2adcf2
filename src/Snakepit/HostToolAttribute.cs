namespace Snakepit;

/// <summary>Marks a method that Python may call, when its class is given to <see cref="HostToolCollection.AddFrom{T}"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class HostToolAttribute : Attribute
{
    /// <summary>Gets or sets the name by which Python calls the tool. Default null: the method's own.</summary>
    public string? Name { get; set; }

    /// <summary>Gets or sets what the tool does, for <c>ctx.host.tools</c> in Python. Default: empty.</summary>
    public string Description { get; set; } = "";
}
