namespace Snakepit.Pools;

/// <summary>The part of a step under the pool's lock.</summary>
internal delegate TAnswer StepBody<TState, out TAnswer>(in TState state, StepBatch batch)
    where TState : allows ref struct;
