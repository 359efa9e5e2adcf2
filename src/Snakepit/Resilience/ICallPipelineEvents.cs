namespace Snakepit.Resilience;

/// <summary>What a pipeline tells of itself.</summary>
internal interface ICallPipelineEvents
{
    void OnRetry();

    /// <summary>Calls are refused for so long, after that failure among others.</summary>
    void OnCircuitOpened(TimeSpan duration, Exception? failure);

    void OnCircuitClosed();
}
