using Snakepit.Frames;

namespace Snakepit.Pools;

/// <summary>The abilities that the pool's workers have announced. Changed under the pool's lock, read without it.</summary>
internal sealed class ToolCatalog
{
    private ToolTable _table = ToolTable.Empty;

    /// <summary>The tools of the last worker that became ready; empty before the first.</summary>
    public IReadOnlyList<ToolDescriptor> Tools { get; private set; } = [];

    /// <summary>The format of calls: the one that workers prefer, once one has announced it.</summary>
    public BodyFormat Format { get; private set; }

    /// <summary>The packages that the last of them can import.</summary>
    public PackageList Packages { get; } = new();

    public KnownTool Find(string tool) => _table.Find(tool);

    public bool Has(string tool) => Tools.Any(known => known.Name == tool);

    public void Note(IReadOnlyList<ToolDescriptor> tools, BodyFormat format)
    {
        Tools = tools;
        _table = _table.With(tools);
        Format = format;
    }
}
