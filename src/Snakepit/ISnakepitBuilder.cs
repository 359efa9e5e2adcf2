using Microsoft.Extensions.DependencyInjection;

namespace Snakepit;

/// <summary>Adds pools to a host application. <c>AddSnakepit</c> returns it.</summary>
public interface ISnakepitBuilder
{
    /// <summary>Gets the application's services.</summary>
    IServiceCollection Services { get; }
}
