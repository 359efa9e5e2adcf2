using System.Globalization;
using Snakepit.Processes;

namespace Snakepit.IntegrationTests.Fixture;

/// <summary>A control group with little memory below that of this process. Only root or the owner of the group can create one.</summary>
internal sealed class MemoryGroup : IDisposable
{
    private readonly string _folder;

    private MemoryGroup(string folder) => _folder = folder;

    /// <summary>The first command of a shell that enters the group.</summary>
    public string Enter => $"echo $$ > {_folder}/cgroup.procs || exit 9;";

    /// <summary>Creates a group. Returns null where that is not possible.</summary>
    public static MemoryGroup? TryCreate(MemorySize limit)
    {
        var own = ControlGroupFolders.Find(File.ReadAllText("/proc/self/cgroup"), File.ReadAllText("/proc/self/mountinfo"));
        if (own.Folders.Count == 0)
        {
            return null;
        }
        string folder = Path.Combine(own.Folders[0], $"snakepit-test-{Guid.NewGuid():n}");
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        var group = new MemoryGroup(folder);
        string file = Path.Combine(folder, own.IsVersion2 ? "memory.max" : "memory.limit_in_bytes");
        if (!File.Exists(file))
        {
            group.Dispose(); // version 2, without the memory controller
            return null;
        }
        File.WriteAllText(file, limit.Bytes.ToString(CultureInfo.InvariantCulture));
        return group;
    }

    public void Dispose() => Directory.Delete(_folder);
}
