namespace Snakepit;

/// <summary>A duration that a log message formats with <see cref="Shown.Duration"/>.</summary>
internal readonly record struct ShownDuration(TimeSpan Value)
{
    public static implicit operator ShownDuration(TimeSpan duration) => new(duration);

    public override string ToString() => Shown.Duration(Value);
}
