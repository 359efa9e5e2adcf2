using Microsoft.Extensions.DependencyInjection;

namespace Snakepit;

/// <summary>Where pools are added to a host application; made by <c>AddSnakepit</c>.</summary>
public interface ISnakepitBuilder
{
    /// <summary>The application's services.</summary>
    IServiceCollection Services { get; }
}
