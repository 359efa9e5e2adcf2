namespace Snakepit.Pools;

/// <summary>The last output lines of a worker. Thread-safe.</summary>
internal sealed class LastLines
{
    private const int Kept = 50;
    private readonly Queue<string> _lines = new(Kept);

    public void Add(string line)
    {
        lock (_lines)
        {
            if (_lines.Count == Kept)
            {
                _lines.Dequeue();
            }
            _lines.Enqueue(line);
        }
    }

    public IReadOnlyList<string> Read()
    {
        lock (_lines)
        {
            return [.. _lines];
        }
    }
}
