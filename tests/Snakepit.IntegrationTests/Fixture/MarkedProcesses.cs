using System.Globalization;
using System.Text;

namespace Snakepit.IntegrationTests.Fixture;

/// <summary>Finds processes by a mark in their environment. Descendants inherit it in any session and under any parent.</summary>
internal static class MarkedProcesses
{
    public const string Variable = "SNAKEPIT_TEST_MARK";

    public static IReadOnlyList<int> Find(string mark) => [.. All().Where(pid => Has(pid, mark))];

    /// <summary>Returns the children of this process, including zombies.</summary>
    public static IReadOnlyCollection<int> OwnChildren() => ChildrenOf(Environment.ProcessId);

    /// <summary>Returns the launchers of this process. Each is the child of its guard, which is a child of this process.</summary>
    public static IReadOnlyCollection<int> OwnLaunchers() => [.. OwnChildren().SelectMany(ChildrenOf).Where(IsLauncher)];

    /// <summary>Returns the launcher of a host.</summary>
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
            return []; // the process is gone
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
            return false; // the process is gone
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
            return false; // the process is gone, or belongs to another user
        }
    }
}
