using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>Callers with sessions. As in the shell, an id gets another number when its session is over.</content>
internal sealed partial class SimPool
{
    private const int SessionIds = 7;
    private readonly ulong[] _sessionOf = new ulong[SessionIds]; // by id; 0 for none
    private ulong _lastSession;

    /// <summary>Makes some calls calls of sessions. Most calls of a session have the same affinity.</summary>
    private CallSpec WithSession(in CallSpec spec, SimOperation operation)
    {
        var chance = SimRandom.For(_scenario.Seed, "session", operation.Index);
        if (!_scenario.HasSessions || !spec.Target.IsNone || !chance.Chance(600))
        {
            return spec;
        }
        int id = chance.Below(SessionIds);
        _sessionOf[id] = _sessionOf[id] == 0 ? ++_lastSession : _sessionOf[id];
        var affinity = (Affinity)((chance.Chance(100) ? chance.Below(3) : id) % 3);
        return spec with { Session = _sessionOf[id], Affinity = affinity };
    }

    /// <summary>Sometimes ends a session, also one that has ended already.</summary>
    private void EndSession(SimOperation operation)
    {
        var chance = SimRandom.For(_scenario.Seed, "end of session", operation.Index);
        if (_scenario.HasSessions && chance.Chance(600))
        {
            Command(new PoolCommand(CommandKind.EndSession, Session: _sessionOf[chance.Below(SessionIds)]));
        }
    }

    private void ForgetSession(ulong number)
    {
        int id = Array.IndexOf(_sessionOf, number);
        if (id >= 0)
        {
            _sessionOf[id] = 0;
        }
    }
}
