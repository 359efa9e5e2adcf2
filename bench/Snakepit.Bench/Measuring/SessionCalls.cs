using System.Collections.Concurrent;

namespace Snakepit.Bench.Measuring;

/// <summary>
/// Calls of sessions, each of which has a few turns and then ends. Their state counts the turns. A strict session may have two calls at
/// once, which run in their order, or together in a worker with threads; it is alone where it loses its state, and then it begins anew.
/// </summary>
/// <param name="pool">The pool.</param>
/// <param name="ledger">Keeps what became of the calls.</param>
/// <param name="runTogether">Whether the calls of a session may run at the same time, and so in any order.</param>
internal sealed class SessionCalls(IWorkerPool pool, FateLedger ledger, bool runTogether)
{
    private const int Turns = 8;
    private const int PairInSo = 4;
    private const int NewIdInSo = 2;
    private readonly ConcurrentQueue<Conversation> _strict = [];
    private readonly ConcurrentQueue<Conversation> _hint = [];
    private int _ids;
    private int _ended;
    private int _lost;

    /// <summary>Gets the number of sessions that ended with their last turn.</summary>
    public int Ended => _ended;

    /// <summary>Gets the number of strict sessions that were lost.</summary>
    public int Lost => _lost;

    public Task CallAsync(SessionAffinity affinity) => affinity == SessionAffinity.Hint
        ? TalkAsync(_hint, affinity, static (calls, talk) => calls.HintAsync(talk))
        : TalkAsync(_strict, affinity, static (calls, talk) => calls.StrictAsync(talk));

    private async Task TalkAsync(
        ConcurrentQueue<Conversation> free, SessionAffinity affinity, Func<SessionCalls, Conversation, Task> turnAsync)
    {
        if (!free.TryDequeue(out Conversation? talk))
        {
            talk = new Conversation(pool.GetSession($"{affinity}-{Interlocked.Increment(ref _ids)}", affinity));
        }
        await turnAsync(this, talk);
        if (++talk.Turns % Turns == 0)
        {
            await talk.Session.EndAsync();
            Interlocked.Increment(ref _ended);
            talk.Forget();
            if (talk.Turns / Turns % NewIdInSo == 0)
            {
                return;
            }
        }
        free.Enqueue(talk);
    }

    private async Task StrictAsync(Conversation talk)
    {
        int atOnce = talk.Turns % PairInSo == PairInSo - 1 ? 2 : 1;
        int[]?[] turns = await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => StrictTurnAsync(talk)));
        if (runTogether && atOnce == 2 && turns.OfType<int[]>().ToArray() is [var survivor])
        {
            CheckSurvivor(talk, survivor);
            return;
        }
        foreach (int[]? said in runTogether ? turns.OrderBy(static said => said?[1] ?? 0) : turns.AsEnumerable())
        {
            if (said is null)
            {
                talk.Said = [0]; // lost; of a pair, the second call may begin the session anew
                continue;
            }
            Check(said, talk.Said.Contains(said[1] - 1), $"is turn {said[1]} after {string.Join(" or ", talk.Said)}");
            talk.Said = [said[1]];
        }
    }

    /// <summary>
    /// Two calls ran at the same time, and the session was lost with one of them. The other one ran before the loss, perhaps as the second,
    /// or has begun the session anew.
    /// </summary>
    private void CheckSurvivor(Conversation talk, int[] said)
    {
        bool isExpected = said[1] == 1 || talk.Said.Any(before => said[1] - before is 1 or 2);
        Check(said, isExpected, $"is turn {said[1]} after {string.Join(" or ", talk.Said)}, beside a call that was lost");
        talk.Said = said[1] == 1 ? [0, 1] : [0];
    }

    /// <summary>Returns the number of the call, its turn and its process; null when the session was lost.</summary>
    private async Task<int[]?> StrictTurnAsync(Conversation talk)
    {
        int number = ledger.Begin(LivingKind.Strict);
        try
        {
            int[] said = await talk.Session.ExecuteAsync<int[]>("turn", ToolArguments.Positional(number));
            if (said[0] == number)
            {
                return said;
            }
            ledger.Misdeliver(number, $"has the reply of {said[0]}");
        }
        catch (SessionLostException e)
        {
            Interlocked.Increment(ref _lost);
            ledger.Lose(number, e.Worker, e);
        }
        catch (Exception e)
        {
            ledger.Fail(number, e);
        }
        return null;
    }

    private async Task HintAsync(Conversation talk)
    {
        int number = ledger.Begin(LivingKind.Hint);
        try
        {
            int[] said = await talk.Session.ExecuteAsync<int[]>("turn", ToolArguments.Positional(number));
            if (said[0] != number)
            {
                ledger.Misdeliver(number, $"has the reply of {said[0]}");
                return;
            }
            int before = talk.SaidIn.GetValueOrDefault(said[2]);
            Check(said, said[1] == 1 || said[1] == before + 1, $"is turn {said[1]} in {said[2]}, after {before}");
            talk.SaidIn[said[2]] = said[1];
        }
        catch (WorkerLostException e)
        {
            ledger.Lose(number, e.Worker, e);
        }
        catch (Exception e)
        {
            ledger.Fail(number, e);
        }
    }

    private void Check(int[] said, bool isExpected, string what)
    {
        if (isExpected)
        {
            ledger.Answer(said[0]);
        }
        else
        {
            ledger.Misdeliver(said[0], what);
        }
    }

    /// <summary>A session with what its state must be.</summary>
    private sealed class Conversation(IWorkerSession session)
    {
        public IWorkerSession Session => session;

        public int Turns { get; set; }

        /// <summary>The turns that a strict session's state may have; more than one when the caller cannot know.</summary>
        public IReadOnlyList<int> Said { get; set; } = [0];

        /// <summary>The turns by process, for a session that moves.</summary>
        public Dictionary<int, int> SaidIn { get; } = [];

        public void Forget()
        {
            Said = [0];
            SaidIn.Clear();
        }
    }
}
