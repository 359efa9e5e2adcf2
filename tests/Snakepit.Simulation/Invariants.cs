using System.Runtime.CompilerServices;
using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <summary>Checks the rules of lifecycle.md after one kernel step. Every rule has one method, named after it.</summary>
/// <param name="plan">The settings.</param>
/// <param name="isBroken">
/// Tells whether replacements cannot start in a slot, for a world in which nothing else goes wrong; null for a world with all faults.
/// </param>
internal sealed partial class Invariants(PoolPlan plan, Func<int, bool>? isBroken = null)
{
    private readonly LowerableLimit _starting = new();
    private readonly LowerableLimit _replacing = new();

    /// <summary>The most by which the deadline wheel may be late.</summary>
    public long Grain { get; } = Math.Max(1, plan.Frequency / 100);

    /// <summary>Judges by other settings from now on.</summary>
    public void Adopt(PoolPlan next) => plan = next;

    /// <exception cref="InvariantViolationException">A rule does not hold.</exception>
    public void Check(Observation step)
    {
        Sessions_a_strict_one_is_never_served_elsewhere(step);
        Sessions_a_hint_is_followed(step);
        Sessions_no_lane_starves_the_queue(step);
        Sessions_a_drained_worker_has_none(step);
        Sessions_a_loss_is_told(step);
        Sessions_a_worker_is_told_of_every_end(step);
        Sessions_one_that_is_not_used_ends_in_time(step);
        Sessions_are_those_that_have_begun(step);
        Sessions_a_move_is_from_one_that_leaves_to_one_that_stays(step);
        Sessions_a_move_is_complete_or_has_not_happened(step);
        Sessions_no_call_of_a_moving_one_runs(step);
        Sessions_a_move_has_its_workers_for_itself(step);
        Sessions_no_move_waits_for_nothing(step);
        L1_every_call_has_exactly_one_outcome(step);
        L1_an_outcome_tells_what_happened(step);
        Taints_are_those_that_were_ordered_and_end_in_time(step);
        Taints_are_reported_once(step);
        Taints_no_call_goes_to_a_tainted_place(step);
        Taints_a_replacement_waits_for_the_end(step);
        Taints_calls_that_wait_in_a_channel_come_back(step);
        Bound_a_call_goes_to_its_worker_in_its_turn(step);
        Bound_a_call_is_over_with_its_worker(step);
        Bound_a_call_waits_for_nothing_but_its_worker(step);
        L2_only_serving_workers_with_room_get_calls(step);
        P8_only_calls_of_fast_tools_wait_in_channels(step);
        P8_what_waits_in_a_channel_is_bounded(step);
        P8_an_idle_worker_comes_first_then_the_least_loaded(step);
        P9_a_recalled_call_goes_on(step);
        P9_a_recalled_call_keeps_its_place(step);
        P9_a_recall_is_no_attempt(step);
        L9_a_recalled_call_gives_its_count_back(step);
        P9_no_call_waits_behind_a_stalled_worker(step);
        P9_a_reply_ends_a_stall(step);
        P9_a_call_that_has_not_begun_kills_nobody(step);
        L17_a_pool_that_drains_keeps_workers_for_what_may_come_back(step);
        L3_calls_are_judged_at_exit_and_never_run_twice_at_once(step);
        L4_the_queue_is_bounded(step);
        L4_the_queue_is_first_come_first_served(step);
        L4_a_priority_is_a_head_start(step);
        L4_keys_take_turns(step);
        L4_nobody_is_rejected_without_need(step);
        L4_nobody_waits_for_nothing(step);
        P8_a_channel_with_room_is_used(step);
        L4_a_call_that_waited_too_long_never_starts(step);
        L5_the_caller_is_released_at_once_and_the_worker_after_the_grace(step);
        L5_a_tool_is_cancelled_in_its_own_way(step);
        L10_max_requests_never_makes_a_pool_smaller(step);
        L6_the_old_worker_serves_until_the_new_one_does(step);
        L6_a_draining_worker_may_finish_what_it_has(step);
        L9_replacements_stay_within_the_budget(step);
        L9_every_recycle_request_is_reported_once(step);
        L10_a_failed_replacement_keeps_the_old_worker(step);
        L10_the_trouble_of_a_slot_is_its_own(step);
        L10_a_request_ends_within_one_pause_and_one_start(step);
        L15_a_pool_that_lacks_something_says_so_and_starts_nothing(step);
        L15_starts_are_bounded(step);
        L16_a_start_has_its_time(step);
        L15_few_starts_find_out_for_all(step);
        L15_replacements_that_do_not_help_are_held_back(step);
        L15_what_is_missing_is_started_or_scheduled(step);
        L15_a_quarantined_input_never_reaches_a_worker(step);
        L15_only_inputs_that_kill_are_quarantined(step);
        L15_waiting_calls_of_a_quarantined_input_are_called_back(step);
        L17_a_closed_pool_starts_nothing(step);
        Recycle_triggers_strict_max_requests_never_overshoots(step);
        Recycle_triggers_max_requests_is_exceeded_only_without_a_ready_replacement(step);
        L10_workers_that_serve_on_in_vain_are_told_once(step);
        L9_an_exhausted_worker_waits_for_no_budget(step);
        L2_spares_take_vacant_and_due_places_at_once(step);
        Recycle_triggers_calls_that_wait_wake_those_that_rest(step);
        L9_there_are_never_more_workers_than_may_be(step);
        L9_the_kernel_never_goes_below_MinReady(step);
        Recycle_triggers_a_memory_peak_that_is_over_replaces_nobody(step);
        L9_a_least_life_holds_back_what_it_guards(step);
        Recycle_triggers_only_idle_workers_rest(step);
        Recycle_triggers_ttl_is_kept(step);
        Recycle_triggers_a_reached_limit_has_the_worker_replaced(step);
        Recycle_triggers_memory_limit_kills_at_once(step);
        L7_no_replacement_comes_before_the_old_worker_is_gone(step);
        L7_a_refill_is_reported_once(step);
        L10_changed_code_is_tried_by_one(step);
        L12_an_idle_worker_that_gives_no_sign_of_life_is_killed(step);
        L12_nobody_is_killed_for_silence_too_early(step);
        L12_a_check_is_for_one_idle_worker_and_no_request(step);
        A4_NextWake_is_never_later_than_a_worker_is_due(step);
        L4_no_more_calls_run_than_may(step);
        A3_stale_news_changes_nothing(step);
        Counts_agree_with_the_books(step);
        State_follows_from_the_workers(step);
        Scale_the_size_is_between_the_least_and_the_greatest(step);
        Scale_only_idle_workers_without_sessions_go(step);
        Scale_a_pool_that_has_grown_shrinks_only_after_its_patience(step);
        Scale_a_call_that_waits_too_long_has_the_pool_grow(step);
        Shares_a_worker_starts_only_where_there_is_room(step);
        Shares_a_replacement_has_its_turn(step);
        Shares_a_start_without_room_is_withdrawn(step);
        Settle_workers_wake_only_for_calls_that_still_wait(step);
    }

    private static void A4_NextWake_is_never_later_than_a_worker_is_due(Observation step)
    {
        foreach (WorkerView worker in step.After.Workers)
        {
            if (worker.Due < step.NextWake)
            {
                throw Broken($"{worker.Key} is due at {worker.Due}, NextWake is {step.NextWake}");
            }
        }
    }

    /// <summary>A Tick well before NextWake has nothing to do.</summary>
    public static void A4_nothing_is_due_before_NextWake(Observation step)
    {
        if (!step.ChangesNothing)
        {
            throw Broken($"something was due at {step.Now}, before NextWake said so");
        }
    }

    private static InvariantViolationException Broken(string message, [CallerMemberName] string invariant = "") =>
        new(invariant, message);
}
