using System.Globalization;

namespace Snakepit.Hosting.Rules;

/// <summary>A pool that stops a worker before its replacement starts has one worker less meanwhile.</summary>
internal sealed class StopFirstRule : IPoolOptionsRule
{
    public void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        if (options.Recycle.Mode == RecycleMode.StopFirst && options.MinReady >= options.Size && options.Size > 0)
        {
            problems.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"Pool '{pool}': Recycle.Mode is StopFirst, MinReady is {options.MinReady} and Size is {options.Size}; a worker that stops first leaves the pool below MinReady, so none could ever be replaced. Lower MinReady (0: calls wait meanwhile), raise Size, or set Recycle.Mode to StartFirst."));
        }
    }
}
