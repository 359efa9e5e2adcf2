using System.Globalization;
using Snakepit.IntegrationTests.Fixture;
using Snakepit.Pools;

namespace Snakepit.IntegrationTests;

/// <summary>Tests the promises of docs/security.md that no other test covers.</summary>
public sealed class SecurityTests : IntegrationTest
{
    private const string AcceptsConnections = "00010000"; // __SO_ACCEPTCON, in the flags of /proc/net/unix

    [Theory(Timeout = Bound)]
    [InlineData(StartMethod.Spawn)]
    [InlineData(StartMethod.Zygote)]
    [Trait("Rule", "P2")]
    public async Task No_process_has_an_endpoint_that_others_could_reach(StartMethod method)
    {
        HashSet<string> before = SocketsOf(Environment.ProcessId); // .NET's diagnostic sockets, for example
        IReadOnlyCollection<int> children = MarkedProcesses.OwnChildren();
        Rig rig = await StartAsync(configure: p =>
            (p.Start.Method, p.Transport.Portable) = (method, p.Transport.Portable && method != StartMethod.Zygote));
        await rig.AssertServesAsync();

        int[] processes =
        [
            .. MarkedProcesses.Find(rig.Mark),
            .. MarkedProcesses.OwnChildren().Except(children),
            .. MarkedProcesses.OwnLaunchers(),
        ];
        HashSet<string> sockets = [.. SocketsOf(Environment.ProcessId).Except(before), .. processes.SelectMany(SocketsOf)];

        Assert.InRange(processes.Length, 2, int.MaxValue);
        Assert.NotEmpty(sockets);
        foreach (string network in new[] { "tcp", "tcp6", "udp", "udp6", "udplite", "raw", "raw6" })
        {
            Assert.DoesNotContain(Table(network, inode: 9), socket => sockets.Contains(socket[9]));
        }
        string[][] local = [.. Table("unix", inode: 6).Where(socket => sockets.Contains(socket[6]))];
        Assert.NotEmpty(local);
        Assert.All(local, static socket => Assert.Equal(7, socket.Length)); // column 8 would be a path or an abstract name
        Assert.All(local, static socket => Assert.NotEqual(AcceptsConnections, socket[3]));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P6")]
    public async Task Secret_in_a_variable_or_an_argument_reaches_no_snapshot_trace_event_or_exception()
    {
        const string Secret = "s3cr3t-of-the-caller";
        Rig rig = await StartAsync(configure: static p => p.Python.Variables["API_TOKEN"] = Secret);
        Exception[] errors =
        [
            await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<object?>("no_such_tool", Secret)),
            await Assert.ThrowsAsync<ToolResultException>(() => rig.CallAsync<int>("echo", Secret)),
            await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<int>("add", Secret)),
        ];
        Assert.Equal(Secret, await rig.CallAsync<string>("echo", Secret));
        PoolSnapshot snapshot = rig.Pool.GetSnapshot();
        IEnumerable<object> trace = [.. ((PoolHandle)rig.Pool).Pool.DumpTrace().Cast<object>()];
        await rig.Runtime.DisposeAsync();

        string[] told =
        [
            .. errors.Select(static error => error.ToString()),
            .. trace.Select(static step => step.ToString()!),
            .. rig.Events.All.Select(static happened => happened.ToString()),
            .. rig.Log.All.Select(static entry => entry.Text),
            snapshot.ToString(),
            .. snapshot.Options.Select(static setting => $"{setting.Key}={setting.Value}"),
        ];
        Assert.DoesNotContain(told, static text => text.Contains(Secret, StringComparison.Ordinal));
    }

    [Theory(Timeout = Bound)]
    [InlineData("_hidden")]
    [InlineData("__import__")]
    [InlineData("__init__")]
    [InlineData("os.system")]
    [InlineData("../tools.echo")]
    [InlineData("echo\0")]
    [InlineData("echo\n")]
    [InlineData("setup")]
    public async Task ExecuteAsync_name_that_is_no_tool_runs_nothing(string name)
    {
        Rig rig = await StartAsync();

        ToolException error = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<object?>(name, "true"));

        Assert.Equal("ToolNotFound", error.Error.Type);
    }

    /// <summary>Returns the inodes of a process's sockets.</summary>
    private static HashSet<string> SocketsOf(int pid)
    {
        var sockets = new HashSet<string>();
        var descriptors = new DirectoryInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/fd"));
        foreach (FileSystemInfo entry in descriptors.EnumerateFileSystemInfos())
        {
            if (entry.LinkTarget is { } target && target.StartsWith("socket:[", StringComparison.Ordinal))
            {
                sockets.Add(target["socket:[".Length..^1]);
            }
        }
        return sockets;
    }

    private static IEnumerable<string[]> Table(string name, int inode) => File.Exists($"/proc/net/{name}")
        ? File.ReadLines($"/proc/net/{name}")
            .Skip(1)
            .Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(columns => columns.Length > inode)
        : [];
}
