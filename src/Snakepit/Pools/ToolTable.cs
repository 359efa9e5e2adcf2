using System.Collections.Frozen;

namespace Snakepit.Pools;

/// <summary>
/// The tools that workers of a pool have announced, by name. A name keeps its number for the pool's life, whatever later workers announce.
/// </summary>
internal sealed class ToolTable
{
    // Further tools get 0, because an adapter that invents names at every start must not fill the host's memory.
    private const int MaxNumber = 4_096;

    private readonly FrozenDictionary<string, KnownTool> _tools;

    private ToolTable(FrozenDictionary<string, KnownTool> tools) => _tools = tools;

    public static ToolTable Empty { get; } = new(FrozenDictionary<string, KnownTool>.Empty);

    /// <summary>Returns what is known of a tool; its number is 0 when nothing is.</summary>
    public KnownTool Find(string name) => _tools.GetValueOrDefault(name);

    /// <summary>
    /// Returns this table with the tools that a worker announces; itself when there are no new ones, as from every worker but the first.
    /// </summary>
    public ToolTable With(IReadOnlyList<ToolDescriptor> tools)
    {
        if (tools.All(tool => _tools.TryGetValue(tool.Name, out KnownTool known) && known.Is(tool)))
        {
            return this;
        }
        var all = new Dictionary<string, KnownTool>(_tools.Where(static tool => tool.Value.Number > 0), StringComparer.Ordinal);
        int last = all.Count;
        foreach (ToolDescriptor tool in tools)
        {
            int number = all.TryGetValue(tool.Name, out KnownTool known) ? known.Number : last < MaxNumber ? ++last : 0;
            ToolSignatures signatures = known.Signatures?.With(tool) ?? ToolSignatures.Of(tool);
            all[tool.Name] = new KnownTool(number, tool.IsIdempotent, signatures, tool.Cancellation);
        }
        return new ToolTable(all.ToFrozenDictionary(StringComparer.Ordinal));
    }
}

/// <summary>The pool's knowledge of a tool.</summary>
/// <param name="Number">Its number, from 1; 0 stands for none.</param>
/// <param name="Idempotent">Whether it may run again after a worker died while it ran.</param>
/// <param name="Signatures">What arguments it takes; null when no worker has announced it.</param>
/// <param name="Cancellation">What happens to it when its call is cancelled.</param>
internal readonly record struct KnownTool(int Number, bool Idempotent, ToolSignatures? Signatures, ToolCancellation Cancellation)
{
    /// <summary>Returns whether a worker announces the tool as it is known.</summary>
    public bool Is(ToolDescriptor tool) =>
        Idempotent == tool.IsIdempotent && Cancellation == tool.Cancellation && Signatures?.Has(tool) == true;
}
