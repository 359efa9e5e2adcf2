using System.Globalization;
using Snakepit.Processes;

namespace Snakepit.IntegrationTests.Fixture;

/// <summary>A control group below this process's own, in which memory is short. Only root, or who was given the group, may make one.</summary>
internal sealed class MemoryGroup : IDisposable
{
    private readonly string _folder;

    private MemoryGroup(string folder) => _folder = folder;

    /// <summary>What a shell says first to be in it.</summary>
    public string Enter => $"echo $$ > {_folder}/cgroup.procs || exit 9;";

    /// <summary>Null where none can be made.</summary>
    public static MemoryGroup? TryCreate(MemorySize limit)
    {
        var own = MemoryGroups.Find(File.ReadAllText("/proc/self/cgroup"), File.ReadAllText("/proc/self/mountinfo"));
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
            group.Dispose(); // version 2 without the controller
            return null;
        }
        File.WriteAllText(file, limit.Bytes.ToString(CultureInfo.InvariantCulture));
        return group;
    }

    public void Dispose() => Directory.Delete(_folder);
}
