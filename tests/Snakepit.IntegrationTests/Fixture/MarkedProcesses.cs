using System.Globalization;
using System.Text;

namespace Snakepit.IntegrationTests.Fixture;

/// <summary>Finds processes by a mark in their environment: descendants inherit it, whatever session or parent they have.</summary>
internal static class MarkedProcesses
{
    public const string Variable = "SNAKEPIT_TEST_MARK";

    public static IReadOnlyList<int> Find(string mark) => [.. All().Where(pid => Has(pid, mark))];

    /// <summary>The children of this process, zombies included.</summary>
    public static IReadOnlyCollection<int> OwnChildren() => ChildrenOf(Environment.ProcessId);

    /// <summary>The launchers of this process: each is the child of its guard, which is a child of ours.</summary>
    public static IReadOnlyCollection<int> OwnLaunchers() => [.. OwnChildren().SelectMany(ChildrenOf).Where(IsLauncher)];

    /// <summary>The launcher of that host.</summary>
    public static int LauncherOf(int host) => ChildrenOf(host).SelectMany(ChildrenOf).Single(IsLauncher);

    public static IReadOnlyCollection<int> ChildrenOf(int pid) => [.. All().Where(child => ParentOf(child) == pid)];

    public static char? StateOf(int pid) => Fields(pid) is [var state, ..] ? state[0] : null;

    private static int? ParentOf(int pid) => Fields(pid) is [_, var parent, ..] ? int.Parse(parent, CultureInfo.InvariantCulture) : null;

    private static string[] Fields(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return []; // gone meanwhile
        }
    }

    private static bool IsLauncher(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Contains("_launcher", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // gone meanwhile
        }
    }

    private static IEnumerable<int> All() => Directory.GetDirectories("/proc")
        .Select(static path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out int pid) ? pid : 0)
        .Where(static pid => pid != 0);

    private static bool Has(int pid, string mark)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{pid}/environ").AsSpan().IndexOf(Encoding.ASCII.GetBytes($"{Variable}={mark}\0")) >= 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // gone meanwhile, or another user's
        }
    }
}
