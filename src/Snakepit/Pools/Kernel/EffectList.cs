namespace Snakepit.Pools.Kernel;

/// <summary>The effects of one kernel step. Reused from step to step.</summary>
internal sealed class EffectList
{
    private Effect[] _commands = new Effect[16];
    private Effect[] _actions = new Effect[16];
    private int _commandCount;
    private int _actionCount;

    /// <summary>The effects to append to outboxes before the lock is released, in this order.</summary>
    public ReadOnlySpan<Effect> Commands => _commands.AsSpan(0, _commandCount);

    /// <summary>The effects to perform after the lock is released, in any order.</summary>
    public ReadOnlySpan<Effect> Actions => _actions.AsSpan(0, _actionCount);

    public void Add(in Effect effect)
    {
        if (effect.IsCommand)
        {
            Add(ref _commands, ref _commandCount, effect);
        }
        else
        {
            Add(ref _actions, ref _actionCount, effect);
        }
    }

    public void Clear() => _commandCount = _actionCount = 0;

    /// <summary>Copies the effect once, where a list would do so twice.</summary>
    private static void Add(ref Effect[] effects, ref int count, in Effect effect)
    {
        if (count == effects.Length)
        {
            Array.Resize(ref effects, count * 2);
        }
        effects[count++] = effect;
    }
}
