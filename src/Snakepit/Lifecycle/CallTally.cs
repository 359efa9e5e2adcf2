namespace Snakepit.Lifecycle;

/// <summary>The calls that a worker has answered since its memory was read last, by tool. Not thread-safe.</summary>
internal sealed class CallTally
{
    private readonly List<ToolCalls> _tools = [];
    private int _last; // mostly, a tool is called again and again

    /// <summary>The tools with the number of their calls; some may be 0.</summary>
    public IReadOnlyList<ToolCalls> Tools => _tools;

    public void Add(string tool)
    {
        if (_last >= _tools.Count || _tools[_last].Tool != tool)
        {
            _last = IndexOf(tool);
        }
        _tools[_last] = _tools[_last] with { Calls = _tools[_last].Calls + 1 };
    }

    public void Reset()
    {
        for (int i = 0; i < _tools.Count; i++)
        {
            _tools[i] = _tools[i] with { Calls = 0 };
        }
    }

    private int IndexOf(string tool)
    {
        int index = 0;
        while (index < _tools.Count && _tools[index].Tool != tool)
        {
            index++;
        }
        if (index == _tools.Count)
        {
            _tools.Add(new ToolCalls(tool, 0));
        }
        return index;
    }
}

/// <summary>A number of calls of one tool.</summary>
internal readonly record struct ToolCalls(string Tool, int Calls);
