namespace Snakepit.Python;

/// <summary>The last lines of a command's two streams, in the order of their arrival.</summary>
/// <param name="next">Gets each line too.</param>
internal sealed class TailOfOutput(Action<string> next)
{
    private const int Most = 500;
    private readonly Lock _gate = new();
    private readonly Queue<string> _lines = new();

    public IReadOnlyList<string> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    public void Take(string line)
    {
        lock (_gate)
        {
            _lines.Enqueue(line);
            if (_lines.Count > Most)
            {
                _lines.Dequeue();
            }
        }
        next(line);
    }
}
