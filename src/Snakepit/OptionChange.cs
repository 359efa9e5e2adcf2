namespace Snakepit;

/// <summary>Describes a setting that a reload has changed.</summary>
public sealed record OptionChange
{
    /// <summary>Gets the pool's name; null for a setting of the runtime.</summary>
    public string? Pool { get; init; }

    /// <summary>Gets the name of the setting, such as <c>Recycle.MaxRequests</c>.</summary>
    public required string Option { get; init; }

    /// <summary>Gets the value until now, as configuration spells it. Of <see cref="PythonOptions.Variables"/> only the names, because the
    /// values may be secret.</summary>
    public required string OldValue { get; init; }

    /// <summary>Gets the value from now on, in the form of <see cref="OldValue"/>.</summary>
    public required string NewValue { get; init; }

    /// <summary>Gets how the change takes effect.</summary>
    public required ReloadEffect Effect { get; init; }
}
