using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>Callers with sessions. As in the shell, an id gets another number when its session is over.</content>
internal sealed partial class SimPool
{
    private const int SessionIds = 7;
    private const long MoveTimeout = 100;
    private readonly ulong[] _sessionOf = new ulong[SessionIds]; // by id; 0 for none
    private readonly HashSet<ulong> _exports = []; // the moving sessions whose export is next
    private ulong _lastSession;

    /// <summary>In most pools with sessions, most workers can move them.</summary>
    private bool CanMove(WorkerKey worker) =>
        SimRandom.For(_scenario.Seed, "moves").Chance(700)
        && SimRandom.For(_scenario.Seed, "can move", worker.Slot, worker.Generation).Chance(900);

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

    private void BeginMove(in Effect effect)
    {
        _exports.Add(effect.Session);
        ContinueMove(effect.Worker, effect.Session);
    }

    /// <summary>The shell has the state exported, then imported; sometimes it cannot go on.</summary>
    private void ContinueMove(WorkerKey worker, ulong session)
    {
        var chance = SimRandom.For(_scenario.Seed, "move", (long)session, _clock.Now);
        KernelStep next = _faults.Happens(SimFault.CallFails, ref chance)
            ? new KernelStep(StepKind.Command, 0) { Command = new PoolCommand(CommandKind.CancelMove, Session: session) }
            : new KernelStep(StepKind.SubmitMove, 0) { Spec = new CallSpec(0, Idempotent: false, Session: session) };
        Later(chance.Between(0, 3), next with { Worker = worker });
    }

    private void SubmitMove(KernelStep move)
    {
        ulong session = move.Spec.Session;
        var random = SimRandom.For(_scenario.Seed, "move call", (long)session, _clock.Now);
        CallFate fate = CallFate.Decide(ref random, _faults, tool: 0, liesNow: false) with
        {
            Exports = _exports.Remove(session) ? session : 0,
        };
        Admission admission = Step(move with { Spec = move.Spec with { Deadline = _clock.Now + MoveTimeout } }).Admission;
        if (admission.Accepted)
        {
            _fates[admission.Call] = fate;
        }
    }

    /// <summary>Sometimes uses the data of a session, which may begin with that.</summary>
    private void UseSession(SimOperation operation)
    {
        var chance = SimRandom.For(_scenario.Seed, "use of session", operation.Index);
        if (_scenario.HasSessions && chance.Chance(500))
        {
            int id = chance.Below(SessionIds);
            _sessionOf[id] = _sessionOf[id] == 0 ? ++_lastSession : _sessionOf[id];
            var spec = new CallSpec(0, Idempotent: false, Session: _sessionOf[id]);
            Step(new KernelStep(StepKind.UseSession, _clock.Now) { Spec = spec });
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
