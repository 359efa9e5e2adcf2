namespace Snakepit;

/// <summary>Settings of a runtime: what all its pools share.</summary>
public sealed class SnakepitOptions
{
    /// <summary>What starting waits for. Default <see cref="StartPolicy.AllReady"/>; under AddSnakepit <see cref="StartPolicy.Background"/>.</summary>
    public StartPolicy StartPolicy { get; set; } = StartPolicy.AllReady;
}
