/* The client: connects from a fixed address and port, and closes when a key is pressed. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#define SERVER_IP_ADDRESS "192.168.100.100"
#define SERVER_PORT 32000
#define CLIENT_IP_ADDRESS "192.168.100.51"
#define CLIENT_PORT 32089

int main(void)
{
    int fd;
    struct sockaddr_in serv_addr, cli_addr;

    fd = socket(AF_INET, SOCK_STREAM, 0);

    bzero(&cli_addr, sizeof(cli_addr));
    cli_addr.sin_family = AF_INET;
    cli_addr.sin_addr.s_addr = inet_addr(CLIENT_IP_ADDRESS);
    cli_addr.sin_port = htons(CLIENT_PORT);
    if (bind(fd, (struct sockaddr *)&cli_addr, sizeof(cli_addr)) < 0) {
        perror("bind");
        return 1;
    }

    bzero(&serv_addr, sizeof(serv_addr));
    serv_addr.sin_family = AF_INET;
    serv_addr.sin_addr.s_addr = inet_addr(SERVER_IP_ADDRESS);
    serv_addr.sin_port = htons(SERVER_PORT);
    if (connect(fd, (struct sockaddr *)&serv_addr, sizeof(serv_addr)) < 0) {
        perror("connect");
        return 1;
    }

    printf("\n************ Press any key to exit  \n ");
    getchar();
    close(fd);
    return 0;
}
