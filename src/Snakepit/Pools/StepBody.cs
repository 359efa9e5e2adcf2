namespace Snakepit.Pools;

/// <summary>What a step does under the pool's lock.</summary>
internal delegate TAnswer StepBody<TState, out TAnswer>(in TState state, StepBatch batch)
    where TState : allows ref struct;
