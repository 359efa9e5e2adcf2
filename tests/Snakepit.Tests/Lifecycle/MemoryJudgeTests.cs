using CsCheck;
using Snakepit.Lifecycle;

namespace Snakepit.Tests.Lifecycle;

public sealed class MemoryJudgeTests
{
    private const long MiB = 1 << 20;

    [Fact]
    public void Step_over_the_soft_limit_asks_for_a_collection_and_then_for_a_replacement_within_500_ms()
    {
        foreach (int crossing in Enumerable.Range(1_001, 250))
        {
            JudgedWorker worker = new JudgedWorker(soft: 100) { Own = now => now < crossing ? 10 : 200 }.BecomeReady();

            worker.RunTo(5_000);

            Assert.Equal([MemoryVerdict.Collect, MemoryVerdict.Soft], worker.Verdicts.Select(static told => told.Verdict));
            Assert.InRange(worker.Verdicts[1].At - crossing, 0, 500);
        }
    }

    [Fact]
    public void Leak_is_told_once_when_it_has_gained_the_soft_limit()
    {
        JudgedWorker worker = new JudgedWorker(soft: 100) { Own = static now => 50 + (now / 100) }.BecomeReady();

        worker.RunTo(60_000);

        Assert.Equal([MemoryVerdict.Collect, MemoryVerdict.Soft], worker.Verdicts.Select(static told => told.Verdict));
        Assert.InRange(worker.Verdicts[1].At, 10_000, 10_600); // 100 MiB above its baseline of 50
    }

    [Fact]
    public void Spikes_that_are_freed_within_100_ms_are_never_judged_however_many_there_are()
    {
        int seen = 0;
        Gen.Select(Gen.Int[1, 100], Gen.Int[30, 400], Gen.Int[0, 500]).Sample((length, pause, offset) =>
        {
            JudgedWorker worker = new JudgedWorker(soft: 100) { Own = now => (now + offset) % (length + pause) < length ? 10_000 : 10 };
            worker.BecomeReady();

            worker.RunTo(30_000);

            Assert.DoesNotContain(worker.Verdicts, static told => told.Verdict is MemoryVerdict.Soft);
            Interlocked.Add(ref seen, worker.Looks.Count(at => worker.Own(at) > 100));
        });
        Assert.NotEqual(0, seen);
    }

    [Fact]
    public void Two_spikes_with_no_look_between_them_are_not_taken_for_one() =>
        Gen.Select(Gen.Int[1, 50], Gen.Int[60, 400], Gen.Int[0, 500], Gen.Int[50, 1_000]).Sample((length, pause, offset, late) =>
        {
            var worker = new JudgedWorker(soft: 100)
            {
                Own = now => (now + offset) % (length + pause) < length ? 10_000 : 10,
                Late = now => now % 2_000 < 25 ? late : 0,
            };
            worker.BecomeReady();

            worker.RunTo(30_000);

            Assert.DoesNotContain(worker.Verdicts, static told => told.Verdict is MemoryVerdict.Soft);
        });

    [Fact]
    public void Step_is_judged_however_late_the_looks_are()
    {
        var worker = new JudgedWorker(soft: 100) { Own = static now => now < 1_100 ? 10 : 200, Late = static _ => 200 };
        worker.BecomeReady();

        worker.RunTo(5_000);

        Assert.Equal([MemoryVerdict.Collect, MemoryVerdict.Soft], worker.Verdicts.Select(static told => told.Verdict));
        Assert.Equal(1_350 + (3 * 225), worker.Verdicts[1].At);
    }

    [Fact]
    public void Collection_that_helps_ends_it_and_another_is_not_asked_for_at_once()
    {
        JudgedWorker worker = new JudgedWorker(soft: 100).BecomeReady();
        worker.Own = now => worker.Verdicts.Count == 0 && now > 1_000 ? 200 : now is > 5_000 and < 5_100 ? 200 : 10;

        worker.RunTo(9_000);

        Assert.Equal([MemoryVerdict.Collect], worker.Verdicts.Select(static told => told.Verdict));
    }

    [Fact]
    public void Soft_limit_is_told_again_only_after_the_value_was_below()
    {
        var worker = new JudgedWorker(soft: 100) { Own = static now => now is (> 1_000 and < 8_000) or > 20_000 ? 200 : 10 };
        worker.BecomeReady();

        worker.RunTo(40_000);

        Assert.Equal(
            [MemoryVerdict.Collect, MemoryVerdict.Soft, MemoryVerdict.Cleared, MemoryVerdict.Collect, MemoryVerdict.Soft],
            worker.Verdicts.Select(static told => told.Verdict));
    }

    [Fact]
    public void Second_look_clears_what_was_freed_and_needs_no_collection_for_it()
    {
        JudgedWorker worker = new JudgedWorker(soft: 100) { Own = static now => now is > 1_000 and < 2_000 ? 600 : 10 }.BecomeReady();
        worker.RunTo(1_999);
        Assert.Equal([MemoryVerdict.Collect, MemoryVerdict.Soft], worker.Verdicts.Select(static told => told.Verdict));

        worker.RunTo(2_000);
        worker.Judge.LookAgain();
        worker.Look();

        Assert.Equal((2_000, MemoryVerdict.Cleared), worker.Verdicts[^1]);
    }

    [Fact]
    public void Second_look_collects_garbage_first_and_judges_when_that_is_done()
    {
        JudgedWorker worker = new JudgedWorker(soft: 100) { Own = static now => now > 1_000 ? 600 : 10 }.BecomeReady();
        worker.RunTo(2_000);
        worker.Verdicts.Clear();

        worker.Judge.LookAgain();
        worker.Look();
        worker.Look();
        Assert.Equal([(2_000, MemoryVerdict.Collect)], worker.Verdicts);
        worker.Judge.NoteCollected();
        worker.Look();

        Assert.Equal((2_000, MemoryVerdict.Soft), worker.Verdicts[^1]);
    }

    [Fact]
    public void Second_look_waits_a_quarter_of_a_second_for_a_collection_that_is_never_told()
    {
        JudgedWorker worker = new JudgedWorker(soft: 100) { Own = static now => now > 1_000 ? 600 : 10 }.BecomeReady();
        worker.RunTo(2_000);
        worker.Verdicts.Clear();

        worker.Judge.LookAgain();
        worker.Look();
        worker.RunTo(3_000);

        Assert.Equal([(2_000, MemoryVerdict.Collect), (2_250, MemoryVerdict.Soft)], worker.Verdicts);
    }

    [Fact]
    public void Second_look_clears_what_the_collection_frees()
    {
        JudgedWorker worker = new JudgedWorker(soft: 100) { Own = static now => now is > 1_000 and < 2_100 ? 600 : 10 }.BecomeReady();
        worker.RunTo(2_000);
        worker.Verdicts.Clear();

        worker.Judge.LookAgain();
        worker.Look();
        worker.RunTo(3_000);

        Assert.Equal([MemoryVerdict.Collect, MemoryVerdict.Cleared], worker.Verdicts.Select(static told => told.Verdict));
    }

    [Fact]
    public void Soft_limit_is_not_judged_before_the_worker_is_ready()
    {
        var worker = new JudgedWorker(soft: 100) { Own = static _ => 500 };

        worker.RunTo(5_000);

        Assert.Empty(worker.Verdicts);
        Assert.Null(worker.Reading.EffectiveSoftLimit);
    }

    [Fact]
    [Trait("Rule", "L9")]
    public void Fresh_worker_over_the_limit_is_told_once_and_judged_by_what_it_gains()
    {
        var worker = new JudgedWorker(soft: 100) { Own = static now => now < 10_000 ? 150 : 260 };
        worker.BecomeReady();

        worker.RunTo(9_000);
        Assert.Equal([MemoryVerdict.FreshOverLimit], worker.Verdicts.Select(static told => told.Verdict));

        worker.RunTo(12_000);
        Assert.Equal(MemoryVerdict.Soft, worker.Verdicts[^1].Verdict);
        Assert.Equal((250 * MiB, 150 * MiB, 260 * MiB), (worker.Reading.EffectiveSoftLimit, worker.Reading.Baseline, worker.Reading.Peak));
    }

    [Fact]
    public void Pages_shared_with_the_zygote_do_not_count_and_are_read_exactly_only_when_they_could()
    {
        JudgedWorker worker = new JudgedWorker(soft: 100, hard: 300) { IsForked = true, Zygote = 400 }.BecomeReady();

        worker.RunTo(60_000);

        Assert.Empty(worker.Verdicts);
        Assert.Equal(1, worker.ExactReadings); // a process without page faults copies no page
        Assert.Equal(10 * MiB, worker.Reading.Current);
    }

    [Fact]
    public void Pages_copied_from_the_zygote_count_though_the_worker_grows_by_nothing()
    {
        JudgedWorker worker = new JudgedWorker(soft: 100) { IsForked = true, Zygote = 400 }.BecomeReady();
        worker.RunTo(5_000);
        worker.Copy(150);

        worker.RunTo(7_000);

        Assert.Equal([MemoryVerdict.Collect, MemoryVerdict.Soft], worker.Verdicts.Select(static told => told.Verdict));
        Assert.Equal(160 * MiB, worker.Reading.Current);
    }

    [Theory]
    [InlineData(true)] // the judge is told before the reading
    [InlineData(false)] // the last sibling has ended, and nothing tells the judge
    public void Zygotes_end_makes_no_difference_to_either_limit(bool isTold)
    {
        JudgedWorker worker = new JudgedWorker(soft: 100, hard: 300) { IsForked = true, Zygote = 400 }.BecomeReady();
        worker.RunTo(5_000);
        worker.IsAlone = true;
        if (isTold)
        {
            worker.Judge.NoteZygoteEnded();
        }
        worker.Own = static now => now < 30_000 ? 40 : 40 + ((now - 30_000) / 20);

        worker.RunTo(29_000);
        Assert.Empty(worker.Verdicts);

        worker.RunTo(60_000);
        Assert.Equal([MemoryVerdict.Collect, MemoryVerdict.Soft, MemoryVerdict.Hard], worker.Verdicts.Select(static told => told.Verdict));
        // Without the notice, the 60 MiB that the worker gains before the next exact reading may be new or copied pages. They count twice,
        // to be safe.
        int early = isTold ? 0 : 60 * 20;
        Assert.InRange(worker.Verdicts[1].At, 31_400 - early, 32_000); // 110 MiB of private pages
        Assert.InRange(worker.Verdicts[2].At, 35_200 - early, 35_700); // 300 MiB of private pages
        Assert.InRange(worker.Reading.EffectiveSoftLimit!.Value / MiB, isTold ? 510 : 450, 510);
    }

    [Fact]
    public void Without_exact_readings_a_forked_worker_is_judged_by_what_it_gains()
    {
        JudgedWorker worker = new JudgedWorker(soft: 100, hard: 300) { IsForked = true, Zygote = 400, TellsPrivate = false }.BecomeReady();
        worker.RunTo(5_000);
        Assert.Empty(worker.Verdicts);

        worker.Own = static _ => 200;
        worker.RunTo(9_000);
        Assert.Equal([MemoryVerdict.Collect, MemoryVerdict.Soft], worker.Verdicts.Select(static told => told.Verdict));
    }

    [Fact]
    public void What_the_adapter_reports_is_judged_instead()
    {
        JudgedWorker worker = new JudgedWorker(soft: 100) { Own = static now => now < 100 ? 10 : 900 };
        worker.BecomeReady();
        worker.Judge.Report(99 * MiB);
        worker.RunTo(10_000);
        Assert.Empty(worker.Verdicts);

        worker.Judge.Report(101 * MiB);
        worker.RunTo(11_000);
        Assert.Equal([MemoryVerdict.Collect, MemoryVerdict.Soft], worker.Verdicts.Select(static told => told.Verdict));
        Assert.Equal(100 * MiB, worker.Reading.EffectiveSoftLimit);
    }

    [Fact]
    public void Child_processes_count_for_both_limits()
    {
        JudgedWorker worker = new JudgedWorker(soft: 100, hard: 300).BecomeReady();
        worker.RunTo(1_000);
        worker.Members = 150;
        worker.RunTo(2_000);
        worker.Members = 291;
        worker.RunTo(3_000);

        Assert.Equal([MemoryVerdict.Collect, MemoryVerdict.Soft, MemoryVerdict.Hard], worker.Verdicts.Select(static told => told.Verdict));
        Assert.Equal(301 * MiB, worker.Reading.Current);
    }

    [Fact]
    public void Hard_limit_is_told_at_the_first_look_that_sees_it() =>
        Gen.Select(Gen.Int[1, 4_000], Gen.Int[0, 250], Gen.Int[10, 900]).Sample((rate, offset, start) =>
        {
            int begin = 5_000 + offset;
            JudgedWorker worker = new JudgedWorker(hard: 1_000) { Own = now => start + Math.Max(0, now - begin) * rate / 1_000L };
            worker.BecomeReady();

            worker.RunTo(5_000_000 / rate + 20_000);

            (int at, MemoryVerdict verdict) = Assert.Single(worker.Verdicts);
            Assert.Equal(MemoryVerdict.Hard, verdict);
            Assert.InRange(worker.Own(at) - 1_000, 1, Math.Max(100, rate * 250 / 1_000));
        });

    [Fact]
    public void Steady_growth_towards_the_hard_limit_is_foreseen()
    {
        JudgedWorker worker = new JudgedWorker(hard: 1_000) { Own = static now => now / 2 }.BecomeReady();

        worker.RunTo(4_000);

        // The memory grows by 500 MiB/s and the last readings are 25 ms apart
        Assert.InRange(worker.Own(worker.Verdicts.Single().At), 1_000, 1_013);
    }

    [Fact]
    public void Worker_within_its_limits_is_looked_at_once_per_interval()
    {
        JudgedWorker worker = new JudgedWorker(soft: 100, hard: 1_000).BecomeReady();

        worker.RunTo(1_000);

        Assert.Equal([0, 250, 500, 750, 1_000], worker.Looks.Distinct());
    }

    [Fact]
    public void Swapped_out_memory_counts()
    {
        JudgedWorker worker = new JudgedWorker(soft: 100).BecomeReady();
        worker.Judge.NoteSwap(150 * MiB);

        worker.RunTo(1_000);

        Assert.Equal(MemoryVerdict.Soft, worker.Verdicts[^1].Verdict);
    }
}
