using System.Collections.Concurrent;

namespace Snakepit.Lifecycle;

/// <summary>
/// The adapter files of all pools of a runtime. A change of one concerns another pool only if that pool's adapter may import it.
/// </summary>
internal sealed class AdapterFiles
{
    private readonly ConcurrentDictionary<string, bool> _files = new(StringComparer.Ordinal);

    public void Add(string file) => _files.TryAdd(Path.GetFullPath(file), true);

    public bool Contains(string file) => _files.ContainsKey(file);
}
