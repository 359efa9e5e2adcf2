using Snakepit.Processes;

namespace Snakepit.Lifecycle;

/// <summary>
/// The other processes of a worker's group and session: its descendants. For the sampler's thread alone. It keeps no descriptor open.
/// </summary>
internal sealed class GroupMembers(IProcessTable table)
{
    private static readonly TimeSpan s_exactFor = TimeSpan.FromSeconds(1);

    private readonly Dictionary<int, Member> _members = [];
    private readonly List<int> _gone = [];
    private int _scan;

    public bool Any => _members.Count > 0;

    /// <summary>Whether there are or were child processes.</summary>
    public bool HadAny { get; set; }

    public long Bytes { get; private set; }

    public long AtMost { get; private set; }

    /// <summary>Begins a scan: a process that is not found by its end has ended.</summary>
    public void BeginScan() => _scan++;

    public void Found(int pid)
    {
        if (!_members.TryGetValue(pid, out Member? member))
        {
            member = new Member(table.Open(pid, isReadOften: false));
            _members.Add(pid, member);
        }
        member.SeenInScan = _scan;
    }

    public void EndScan()
    {
        Remove(static (member, scan) => member.SeenInScan != scan, _scan);
        HadAny |= Any;
    }

    public void Sample()
    {
        if (!Any)
        {
            (Bytes, AtMost) = (0, 0);
            return; // as almost always
        }
        foreach (Member member in _members.Values)
        {
            member.IsGone = !member.Reader.TryReadResident(out long resident);
            member.Memory.Observe(resident);
        }
        Remove(static (member, _) => member.IsGone, 0);
        Sum();
    }

    /// <summary>Reads exactly the members without a recent exact reading.</summary>
    public void Calibrate(TimeSpan now)
    {
        foreach (Member member in _members.Values)
        {
            if (member.Memory.CalibratedAt is not { } at || now - at >= s_exactFor)
            {
                member.Memory.Calibrate(now, member.Reader.ReadPrivate(isForked: true), sharesWithChildren: false);
            }
        }
        Sum();
    }

    private void Sum()
    {
        (Bytes, AtMost) = (0, 0);
        foreach (Member member in _members.Values)
        {
            Bytes += member.Memory.Value;
            AtMost += member.Memory.AtMost;
        }
    }

    private void Remove(Func<Member, int, bool> isGone, int scan)
    {
        foreach ((int pid, Member member) in _members)
        {
            if (isGone(member, scan))
            {
                member.Reader.Dispose();
                _gone.Add(pid);
            }
        }
        foreach (int pid in _gone)
        {
            _members.Remove(pid);
        }
        _gone.Clear();
    }

    private sealed class Member(IProcessReader reader)
    {
        public IProcessReader Reader { get; } = reader;

        public MemoryEstimate Memory { get; } = new();

        public int SeenInScan { get; set; }

        public bool IsGone { get; set; }
    }
}
