using Snakepit.Frames;

namespace Snakepit.Pools;

/// <summary>What the pool's workers have said they can do. Changed under the pool's lock, read without.</summary>
internal sealed class ToolCatalog
{
    private ToolTable _table = ToolTable.Empty;

    /// <summary>The tools of the last worker that became ready; empty before the first.</summary>
    public IReadOnlyList<ToolDescriptor> Tools { get; private set; } = [];

    /// <summary>What calls are written in: what the workers like best, once one has said so.</summary>
    public BodyFormat Format { get; private set; }

    public KnownTool Find(string tool) => _table.Find(tool);

    public bool Has(string tool) => Tools.Any(known => known.Name == tool);

    public void Note(IReadOnlyList<ToolDescriptor> tools, BodyFormat format)
    {
        Tools = tools;
        _table = _table.With(tools);
        Format = format;
    }
}
