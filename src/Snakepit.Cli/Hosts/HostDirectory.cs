using System.Globalization;
using Snakepit.Processes;

namespace Snakepit.Cli.Hosts;

/// <summary>Finds the hosts of this user: those with a control endpoint by their sockets, the others by the registry of runs.</summary>
/// <param name="folders">The private folders in which this user's hosts register.</param>
internal sealed class HostDirectory(Func<IEnumerable<string>> folders)
{
    /// <summary>The line that gives a host its control endpoint.</summary>
    public const string Remedy = "services.AddSnakepitControl() of the package Snakepit.AspNetCore gives a host its control endpoint.";

    private const string Pattern = "*.control";

    /// <summary>What is said when no host runs.</summary>
    public static string NoHost => $"No Snakepit host is running for {User}. Hosts of other users are not visible.";

    private static string User => Environment.UserName is { Length: > 0 } name ? $"user '{name}'" : "this user"; // an id may have no name

    public static HostDirectory OfThisUser(TimeProvider time) => new(() => RunFolder.FindAll(new HostSystem(time)));

    /// <summary>Returns the hosts, ordered by process id. Those whose sockets are dead are among them.</summary>
    public IReadOnlyList<FoundHost> List()
    {
        string[] all = [.. folders().Where(Directory.Exists)];
        FoundHost[] attachable =
        [
            .. from folder in all
               from socket in Directory.EnumerateFiles(folder, Pattern)
               let pid = PidOf(socket)
               where pid > 0
               select new FoundHost(pid, socket),
        ];
        HashSet<int> known = [.. attachable.Select(static host => host.Pid)];
        return
        [
            .. attachable
                .Concat(all.SelectMany(RegisteredHosts.Living).Distinct().Where(pid => !known.Contains(pid)).Select(
                    static pid => new FoundHost(pid, null)))
                .OrderBy(static host => host.Pid).ThenBy(static host => host.Socket, StringComparer.Ordinal),
        ];
    }

    /// <summary>Attaches to the host that the user has chosen, or to the only one.</summary>
    /// <param name="choice">A process id, an id or a name; null for the only host.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="CliException">There is no such host, or several are meant.</exception>
    public async Task<HostClient> AttachAsync(string? choice, CancellationToken cancellationToken) =>
        await TryAttachAsync(choice, cancellationToken) ?? throw new CliException(
            ExitCode.NotFound,
            $"{NoHost} "
            + "'snakepit run ADAPTER' tries an adapter without a host.");

    /// <summary>Does the same, and returns null when no host runs and none was chosen.</summary>
    /// <exception cref="CliException">There is no such host, or several are meant.</exception>
    public async Task<HostClient?> TryAttachAsync(string? choice, CancellationToken cancellationToken)
    {
        IReadOnlyList<FoundHost> found = List();
        var clients = new List<HostClient>();
        var silent = new List<SilentHost>();
        foreach (FoundHost host in found.Where(static host => host.Socket is not null))
        {
            try
            {
                if (await HostClient.TryConnectAsync(host, cancellationToken) is { } client)
                {
                    clients.Add(client);
                }
            }
            catch (CliException e)
            {
                silent.Add(new SilentHost(host, e));
            }
        }
        HostClient? chosen = null;
        try
        {
            chosen = Choose(choice, clients, silent, [.. found.Where(static host => host.Socket is null)]);
            return chosen ?? (silent.Count > 0 ? throw silent[0].Problem : null);
        }
        finally
        {
            clients.ForEach(client => (client == chosen ? null : client)?.Dispose());
        }
    }

    /// <summary>Returns the host that is meant; null when there is none and none was chosen. A host that has not answered in time may be
    /// the one that is meant: no other one is taken for it.</summary>
    private static HostClient? Choose(string? choice, List<HostClient> clients, List<SilentHost> silent, FoundHost[] others)
    {
        HostClient[] meant = [.. clients.Where(client => choice is null || client.Host.IsMeantBy(choice, client.Info.Name))];
        SilentHost[] mute =
        [
            .. silent.Where(one => choice is null ? one.IsLate : one.Host.IsMeantBy(choice, one.Host.Program)),
        ];
        if (meant is [var chosen] && mute is [])
        {
            return chosen;
        }
        if (meant.Length + mute.Length > 1)
        {
            string[] names = [.. meant.Select(NameOf), .. mute.Select(static one => $"{one.Host.Id} (no answer)")];
            FoundHost first = meant.Length > 0 ? meant[0].Host : mute[0].Host;
            throw new CliException(
                ExitCode.NotFound,
                $"{(choice is null ? "Several hosts run" : $"'{Shown.Text(choice)}' means several hosts")}: {Shown.Names(names)}. "
                + $"Choose one: --host {(choice is null ? $"{first.Pid}" : first.Id)}.");
        }
        if (mute is [var only])
        {
            throw only.Problem;
        }
        if (others.FirstOrDefault(host => choice is null || host.IsMeantBy(choice, host.Program)) is { } closed)
        {
            string name = closed.Program is { } program ? $" ({program})" : "";
            throw new CliException(ExitCode.NotFound, $"Host {closed.Pid}{name} has no control endpoint, or is still starting. {Remedy}");
        }
        if (choice is null)
        {
            return null;
        }
        if (silent.Count > 0 && !int.TryParse(choice, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            throw silent[0].Problem; // it cannot tell its name
        }
        string[] known = [.. clients.Select(static client => client.Info.Name)];
        throw new CliException(
            ExitCode.NotFound,
            $"No host named '{Shown.Text(choice)}' is running for {User}.{NearName.Suggest(choice, known)} "
            + (clients.Count == 0 ? "There are no hosts with a control endpoint." : $"The hosts are: {Names(clients)}."));
    }

    private static string Names(IEnumerable<HostClient> clients) => Shown.Names(clients.Select(NameOf));

    private static string NameOf(HostClient client) => $"{client.Host.Id} ({client.Info.Name})";

    /// <summary>Returns the process id that a socket's name begins with; 0 for another file.</summary>
    private static int PidOf(string socket) =>
        int.TryParse(Path.GetFileName(socket).Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : 0;

    /// <summary>A host that lives and does not introduce itself.</summary>
    private sealed record SilentHost(FoundHost Host, CliException Problem)
    {
        /// <summary>Whether it has not answered in time; otherwise it has answered with something else.</summary>
        public bool IsLate => Problem.InnerException is OperationCanceledException;
    }
}
